"""What public functions are given, held against their annotations before anything is computed."""
