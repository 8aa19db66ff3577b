"""Tables of events as files or uploaded bytes: the only place that reads or writes them.

`open_table` tells from the content what a file is and reads it in chunks of constant memory; a line that is not a row
becomes a `Broken` and loses nothing else.  `open_writer` writes CSV or Parquet, whole or not at all.
"""

from riskcore.stores.tables.chunks import Broken, Chunk
from riskcore.stores.tables.formulas import neutralise
from riskcore.stores.tables.source import Source, open_table
from riskcore.stores.tables.writing import TableWriter, open_writer, to_bytes

__all__ = ["Broken", "Chunk", "Source", "TableWriter", "neutralise", "open_table", "open_writer", "to_bytes"]
