"""Everything behind the screen: store, poller, query, view, actions, journal, history."""
