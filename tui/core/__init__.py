"""The vocabulary: states, models, adapter contract, errors, clock. Knows nothing else of nightdeck."""
