//! The heap graph: who retains whom, and how much. Knows snapshots' tables and nothing of files or Node.
