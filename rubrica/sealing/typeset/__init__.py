"""What we put on pages: stamps, evidence pages and the page of signatures, set by typst."""
