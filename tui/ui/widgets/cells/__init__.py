"""The cells of the job table: pure functions from a row and a width to pieces of text with a tone."""
