#include "runtime/completion.hpp"

#include <iostream>

#include <CLI/CLI.hpp>

#include "runtime/command_table.hpp"
#include "runtime/joined.hpp"

namespace runtime {
namespace {

struct CompletionLine {
  static constexpr std::string_view about =
      "Prints a script that completes the sub-commands and their options: source <(pgordinal "
      "completion bash).";
  std::string shell;

  void define(CLI::App& app) {
    app.add_option("SHELL", shell, "bash")->required()->check(CLI::IsMember({"bash"}));
  }
};

std::vector<std::string> completion_words() {
  std::vector<std::string> words = words_of<CompletionLine>();
  words.emplace_back("bash");
  return words;
}

int completion(const std::vector<std::string>& args, const std::vector<std::string>&) {
  const auto line = read_line<CompletionLine>(completion_command.name, args);
  if (!line) return line.error();
  std::cout << bash_completion() << std::flush;
  return 0;
}

}  // namespace

std::string bash_completion() {
  std::vector<std::string> names{"--help", "--version"};
  std::string cases;
  for (const OwnCommand* each : own_commands()) {
    names.emplace_back(each->name);
    cases += "    " + std::string(each->name) + ") words='" + joined(each->words(), " ") + "' ;;\n";
  }
  return "_pgordinal() {\n"
         "  local words='" +
         joined(names, " ") +
         "'\n"
         "  ((COMP_CWORD == 1)) || case ${COMP_WORDS[1]} in\n" +
         cases +
         "    *) words= ;;\n"
         "  esac\n"
         "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\")\n"
         "}\n"
         "complete -o default -F _pgordinal pgordinal\n";
}

constinit const OwnCommand completion_command{
    .name = "completion",
    .arguments = "bash",
    .summary = "print a script that completes these commands in a shell",
    .run = completion,
    .words = completion_words};

}  // namespace runtime
