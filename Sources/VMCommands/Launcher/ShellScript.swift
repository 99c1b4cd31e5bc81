internal import QEMULauncher
internal import VMDomain

/// A launch plan as a script for a POSIX shell that runs the machine without a supervisor.
struct ShellScript {
    let plan: LaunchPlan
    /// The folder of all machines' runtime folders.
    let runtime: String

    var text: String {
        """
        #!/bin/sh
        # Runs domain '\(oneLine(plan.domain.name ?? ""))'. Usage: SCRIPT [QMP-SOCKET [QEMU-OPTION...]]
        # Nobody watches the machine: its life-cycle settings (on_reboot and so on) are not carried out.
        socket=${1:-\(fallback)}
        [ $# -eq 0 ] || shift
        \(folders)# QEMU reads a doubled comma as one.
        socket=$(printf '%s\\n' "$socket" | sed 's/,/,,/g')
        exec env \\
        \(assignments)\(ShellWords.command([plan.executable] + arguments)) \\
          -chardev "socket,id=qmp,path=$socket,server=on,wait=off" \\
          -mon chardev=qmp,mode=control \\
          "$@"

        """
    }

    /// What only a supervisor can end: it would leave a stopped guest, or a QEMU that stays after power-off.
    private var arguments: [String] {
        plan.arguments.filter { !LaunchPlan.supervisionArguments.contains($0) }
    }

    private var fallback: String {
        // The default stands within ${…}, where only quotes keep a brace from ending it.
        ShellWords.quoted("/tmp/" + (plan.domain.uuid.map { "\($0)" } ?? "vm") + ".qmp")
    }

    private var assignments: String {
        plan.environment.map { "  \(ShellWords.quoted($0.name + "=" + $0.value)) \\\n" }.joined() + "  "
    }

    /// Sockets of channels and the like are made in the machine's folder.
    private var folders: String {
        let folder = runtime + "/" + (plan.domain.uuid.map { "\($0)" } ?? "unnamed")
        guard plan.arguments.contains(where: { $0.contains(folder) }) else { return "" }
        return "mkdir -p -m 700 \(ShellWords.quoted(folder))\n"
    }

    private func oneLine(_ text: String) -> String { String(text.map { $0.isNewline ? " " : $0 }) }
}
