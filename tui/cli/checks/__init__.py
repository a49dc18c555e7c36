"""What `nightdeck doctor` looks at, one module a subject. None of them changes anything."""
