"""Who asks: tokens, clients, certificates; and who asks too much."""
