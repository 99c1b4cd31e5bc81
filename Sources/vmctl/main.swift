internal import Glibc
internal import VMCommands
internal import VMSupervisor

let arguments = CommandLineProgram.arguments
if SupervisorProcess.isAsked(by: arguments.dropFirst()) {
    exit(SupervisorProcess.run(Array(arguments.dropFirst())))
}
exit(CommandLineProgram.run(arguments))
