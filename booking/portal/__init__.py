"""The staff portal: pages for those who receive residents."""
