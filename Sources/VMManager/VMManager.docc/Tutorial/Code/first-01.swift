import Glibc
import VMCore
import VMManager

if SupervisorProcess.isAsked(by: CommandLine.arguments.dropFirst()) { exit(SupervisorProcess.run()) }
