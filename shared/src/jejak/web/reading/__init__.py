"""A case as people read it: opened with its clocks, its state, its events as sentences, who held which post."""
