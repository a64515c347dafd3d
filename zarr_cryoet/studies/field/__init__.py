"""What the field says of codecs, chunks and libraries, beside what is measured here."""
