"""The pages people read: the annual table, its charts, and figures that move as readings arrive."""
