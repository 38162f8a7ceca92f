from nlpjourney.cli import main

main(prog_name="journey")
