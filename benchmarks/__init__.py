"""The measured tables of speed and of learning: `make bench` prints and saves them."""
