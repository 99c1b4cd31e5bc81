internal import Glibc
internal import VMCommands
internal import VMSupervisor

let arguments = CommandLineProgram.arguments
if SupervisorProcess.isAsked(by: arguments.dropFirst()) {
    exit(SupervisorProcess.run(Array(arguments.dropFirst())))
}
// This program is the supervisors' too, by whatever name somebody has installed it.
exit(CommandLineProgram.run(arguments, supervisor: "/proc/self/exe"))
