# Rows of word2vec's binary format -> arrays. Owns nothing.
