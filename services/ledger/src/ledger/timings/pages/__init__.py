"""The leader's pages: figures, flowchart, trend, comparison."""
