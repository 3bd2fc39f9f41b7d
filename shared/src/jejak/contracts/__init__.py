"""What crosses a boundary: the tasks and their events, the event models, and the codec that seals them."""
