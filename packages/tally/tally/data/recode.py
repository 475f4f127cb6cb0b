from tally.data.raw import RawTables
from tally.codebook import Codebook


def recoded_tables(raw: RawTables, codebook: Codebook):
    return raw, []
