internal import Glibc
internal import VMCommands

exit(CommandLineProgram.run(CommandLineProgram.arguments))
