"""Reading logs: scrubbing untrusted bytes, following files, searching. Knows no terminal."""
