"""Backups: a consistent copy of the database with the files that it names, and the way back.

The database comes first, in one snapshot, and then the files that this snapshot names. Bytes are
stored before their row and deleted after it. So each file of the snapshot is still there, unless it
was deleted while the backup ran; the backup lists those. In the other order it would lack each file
that was made between the two copies.
"""
