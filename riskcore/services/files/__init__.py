"""What comes out of files and goes into them: columns mapped, values read as people write them, rejects told."""
