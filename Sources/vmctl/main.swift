internal import Glibc
internal import VMCommands
internal import VMManager

if SupervisorProcess.isAsked(by: CommandLine.arguments.dropFirst()) { exit(SupervisorProcess.run()) }
