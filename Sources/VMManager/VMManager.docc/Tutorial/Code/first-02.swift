import Glibc
import VMCore
import VMManager
import VMSupervisor

if SupervisorProcess.isAsked(by: CommandLine.arguments.dropFirst()) { exit(SupervisorProcess.run()) }

let manager = VMManager(
    paths: UserPaths(root: CommandLine.arguments[1]), supervisorExecutable: CommandLine.arguments[0])
