# Rows of numbers <-> text. Owns nothing.
