"""What people bring (PDF, JPEG, PNG): judged by its content, in a process of its own where that is much work."""
