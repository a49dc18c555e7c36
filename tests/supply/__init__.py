"""What the program is built from: its dependencies, their pins, and what is known against them."""
