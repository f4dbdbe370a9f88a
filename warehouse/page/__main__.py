"""`make report DUCKDB=…`: writes the HTML page from the models in a DuckDB file."""

import argparse
import sys
from pathlib import Path

from warehouse.errors import LoadError
from warehouse.page.render import write_page
from warehouse.private_files import write_for_this_user_alone


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("duckdb", type=Path, help="the DuckDB file that make sync or make demo has made")
    parser.add_argument("--output", type=Path, help="the HTML file; the DuckDB file's name with .html by default")
    parser.add_argument("--without-logins", action="store_true", help="leave users out")
    options = parser.parse_args()
    write_for_this_user_alone()
    page = options.output or options.duckdb.with_suffix(".html")
    try:
        write_page(options.duckdb, page, with_logins=not options.without_logins)
    except LoadError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"The page is {page}: open it in a browser.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
