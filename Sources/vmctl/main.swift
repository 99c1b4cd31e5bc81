internal import Glibc
internal import VMCommands

exit(CommandLineProgram.run(CommandLine.arguments))
