"""Sign-in by a code in a mail or with Google: proofs, pre-sessions, and what follows from them."""
