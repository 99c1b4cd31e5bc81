import Glibc
import VMCore
import VMManager
import VMSupervisor

if SupervisorProcess.isAsked(by: CommandLine.arguments.dropFirst()) { exit(SupervisorProcess.run()) }

let manager = VMManager(
    paths: UserPaths(root: CommandLine.arguments[1]), supervisorExecutable: CommandLine.arguments[0])

let machine = try await manager.define(
    xml: """
        <domain type='qemu'>
          <name>tutorial</name>
          <memory unit='MiB'>64</memory>
          <os><type arch='x86_64' machine='pc'>hvm</type></os>
          <devices>
            <disk type='file' device='cdrom'><target dev='sda' bus='sata'/></disk>
          </devices>
        </domain>
        """)

try await machine.start()

let events = try await machine.events()
let watcher = Task {
    for await event in events { print(event.kind) }
}
