"""What lies in the workspace, and how the daemon learns of it."""
