"""`python -m costcalc`, and the command that is installed."""

INTERRUPTED = 130


def main() -> None:
    """Run the command line. Ctrl-C ends it without a word, also while it is still imported."""
    try:
        from costcalc.cli.main import main as run
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None
    run()


if __name__ == "__main__":
    main()
