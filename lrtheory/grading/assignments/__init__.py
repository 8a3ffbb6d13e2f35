"""One module an assignment: its checks, which draw their inputs and compare by properties."""
