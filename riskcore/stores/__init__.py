"""All file and database work: tables of events, models, data sets, policies."""
