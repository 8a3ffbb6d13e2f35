"""The faces of an explorer: controls, frames, the static page's player and the live widget; no physics."""
