"""What the command palette finds, and how."""
