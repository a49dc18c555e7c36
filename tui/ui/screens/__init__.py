"""The full screens and dialogs."""
