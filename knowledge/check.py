"""The lint of the content: `python -m knowledge.check bauska` names file and reason of everything an editor should mend."""

import sys

from knowledge.catalogue import load_topics, read_articles


def main(profile: str) -> int:
    articles, problems = read_articles(profile, load_topics())
    for p in problems:
        print("ERROR", p)
    for topic, a in articles.items():
        for lang in ("lv", "ru"):
            if len(a.short[lang]) > 134:
                print("ERROR", topic, "short", lang, len(a.short[lang]))
            if len(a.questions[lang]) < 12:
                print("ERROR", topic, "questions", lang, len(a.questions[lang]))
    print(len(articles), "articles")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
