internal import VMCore

/// All verbs, in the order in which help lists them within their group.
enum VerbTable {
    static let all: [Verb] = [
        // Domain management
        .define, .create, .edit, .undefine, .domrename, .autostart, .desc, .metadata, .start, .shutdown, .reboot,
        .reset, .suspend, .resume, .dompmsuspend, .dompmwakeup, .destroy, .wait, .dumpxml,
        // Domain monitoring
        .list, .status, .why, .domstate, .dominfo, .domid, .domname, .domuuid, .qmp, .qemuMonitorCommand,
        .schema, .events, .event, .qemuMonitorEvent, .qemuAgentCommand, .guestinfo, .domfsinfo, .domhostname,
        .domifaddr, .domcontrol,
        .domstats, .top, .domblklist, .domblkinfo, .domblkstat, .domblkerror, .domiflist, .domifstat, .dommemstat,
        .vcpuinfo, .vcpucount, .cpuStats, .iothreadinfo,
        // Drives and media
        .eject, .changeMedia,
        // Devices and settings
        .attachDevice, .detachDevice, .detachDeviceAlias, .updateDevice, .attachDisk, .detachDisk, .attachInterface,
        .detachInterface, .setmem, .setmaxmem, .setvcpus, .setvcpu, .guestvcpus, .vcpupin, .emulatorpin,
        .iothreadadd, .iothreaddel, .iothreadset, .iothreadpin, .setLifecycleAction, .domifSetlink, .domifGetlink,
        .blockresize, .blkdeviotune, .domblkthreshold, .blockcommit, .blockpull, .blockcopy, .blockjob,
        .setDisplayPassword, .setUserPassword, .getUserSSHKeys, .setUserSSHKeys, .domfsfreeze, .domfsthaw, .domfstrim,
        .domtime, .sendKey, .screenshot,
        .injectNMI,
        // Saved states and jobs
        .save, .restore, .managedsave, .managedsaveRemove, .managedsaveDumpxml, .managedsaveDefine, .managedsaveEdit,
        .saveImageDumpxml, .saveImageDefine, .saveImageEdit, .dump, .domjobinfo, .domjobabort,
        // Snapshots
        .snapshotCreate, .snapshotCreateAs, .snapshotList, .snapshotInfo, .snapshotDumpxml, .snapshotEdit,
        .snapshotCurrent, .snapshotParent, .snapshotRevert, .snapshotDelete, .snapshotVerify,
        // Checkpoints and backups
        .checkpointCreate, .checkpointCreateAs, .checkpointList, .checkpointInfo, .checkpointDumpxml, .checkpointEdit,
        .checkpointParent, .checkpointDelete, .backupBegin, .backupDumpxml, .backup, .backupList, .backupRestore,
        // Storage pools and volumes
        .poolList, .poolInfo, .poolDefine, .poolDefineAs, .poolCreate, .poolCreateAs, .poolBuild, .poolStart,
        .poolDestroy, .poolDelete, .poolUndefine, .poolRefresh, .poolAutostart, .poolDumpxml, .poolEdit, .poolName,
        .poolUUID, .poolCapabilities, .findPoolSources, .findPoolSourcesAs,
        .volList, .volInfo, .volCreate, .volCreateAs, .volCreateFrom, .volClone, .volDelete, .volWipe, .volResize,
        .volUpload, .volDownload, .volDumpxml, .volPath, .volName, .volKey, .volPool,
        // Virtual networks
        .netList, .netInfo, .netDefine, .netCreate, .netStart, .netDestroy, .netUndefine, .netAutostart, .netUpdate,
        .netDumpxml, .netEdit, .netDhcpLeases, .netPortList, .netName, .netUUID, .netEvent,
        // Secrets
        .secretList, .secretDefine, .secretSetValue, .secretGetValue, .secretDumpxml, .secretUndefine, .secretEvent,
        // Consoles and displays
        .console, .ttyconsole, .vncdisplay, .domdisplay,
        // Command lines and XML
        .argv, .check, .readconfig, .validate, .diff, .domxml, .domxmlFromNative, .domxmlToNative, .capabilities,
        .domcapabilities,
        // Host and program
        .help, .version, .uri, .hostname, .nodeinfo, .maxvcpus, .sysinfo, .doctor, .serve, .completion, .complete,
    ]

    /// The verb of that name or alias.
    static func find(_ name: String) throws(VMError) -> Verb {
        for verb in all where verb.name == name { return verb }
        for verb in all where verb.aliases.contains(name) { return verb }
        let names = all.filter { !$0.isHidden }.flatMap { [$0.name] + $0.aliases }
        throw VMError(
            .usage, "unknown command: '\(name)'",
            remedy: NearMatch.best(for: name, among: names).map { "did you mean '\($0)'?" } ?? "see 'vmctl help'")
    }
}
