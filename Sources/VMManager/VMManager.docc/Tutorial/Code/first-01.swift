import Glibc
import VMCore
import VMManager
import VMSupervisor

if SupervisorProcess.isAsked(by: CommandLine.arguments.dropFirst()) { exit(SupervisorProcess.run()) }
