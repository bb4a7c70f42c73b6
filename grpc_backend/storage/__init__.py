"""Where extractions and workspaces are kept."""
