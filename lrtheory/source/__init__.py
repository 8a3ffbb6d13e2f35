"""The package as text: what its files offer, import and hash to; nothing here imports what it reads about."""
