"""The shared asynchronous HTTP layer that every HTTP adapter speaks through."""
