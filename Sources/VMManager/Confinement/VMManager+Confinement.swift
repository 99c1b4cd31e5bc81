internal import Glibc
internal import QEMULauncher
internal import SupervisorProtocol
internal import VMCore
internal import VMDomain

extension VMManager {
    /// The file that says as whom QEMU runs, and whether it is confined.
    public var settingsFile: String { Files.folder(of: paths.domains) + "/qemu.conf" }

    /// As whom the QEMU of a plan runs, and what it may use.
    ///
    /// A plan of the program's own is started as it is: what it needs isn't known here.
    /// `<seclabel type='none'/>` confines nothing; `<seclabel type='static' model='dac'>` names the user.
    func confinement(of launch: LaunchPlan, _ machine: Machine) throws(VMError) -> QEMUConfinement {
        guard planner == nil else { return QEMUConfinement() }
        let settings = try QEMUSettings.read(settingsFile)
        let labels = launch.domain.seclabels
        var confinement = QEMUConfinement()
        confinement.user = try account(of: launch.domain, settings)
        let isFree = labels.contains { $0.type == SecurityLabel.Kind.none && [nil, "none"].contains($0.model) }
        confinement.isRestricted = settings.isConfined && !isFree && Landlock.version != nil
        if confinement.isRestricted || confinement.user != nil {
            confinement.files = MachineFiles.of(launch, machine.runtime)
            confinement.sockets = launch.domain.listeningSockets
        }
        return confinement
    }

    /// As whom root's QEMU of a domain runs, by the settings that there are.
    func account(of domain: Domain) throws(VMError) -> HostUser? {
        try account(of: domain, try QEMUSettings.read(settingsFile))
    }

    private func account(of domain: Domain, _ settings: QEMUSettings) throws(VMError) -> HostUser? {
        guard hostUserID() == 0 else { return nil }
        return try settings.account(label: domain.seclabels.first { $0.model == "dac" }?.label)
    }

    /// Whether the settings can be used, without doing what they say.
    func checkConfinement(of domain: Domain) throws(VMError) {
        guard planner == nil else { return }
        _ = try account(of: domain)
    }
}
