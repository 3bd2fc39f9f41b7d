"""What every process stands on: settings, logging, errors, identities. It knows nothing of cases."""
