"""The Textual front end: app, screens, widgets. The only package that knows a terminal UI library."""
