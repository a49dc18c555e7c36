"""One file or package for each supported system: this folder's listing is the support list."""
