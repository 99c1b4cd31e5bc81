// swift-tools-version: 6.1
import PackageDescription

/// One set of language settings for every Swift target: imports that leak into a public
/// interface have to say so, and existentials are spelled out.
let swiftSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

/// The same, and asynchronous functions run on their caller's executor, so that one body serves blocking calls too.
let callerSettings = swiftSettings + [.enableUpcomingFeature("NonisolatedNonsendingByDefault")]

// A target may depend only on targets of lower rows (docs/architecture.md); `make lint` checks it.
let package = Package(
    name: "vmctl",
    products: [
        .library(name: "VMDomain", targets: ["VMDomain", "VMXML", "VMCore"]),
        .library(name: "QEMULauncher", targets: ["QEMULauncher"]),
        .library(name: "MonitorJSON", targets: ["MonitorJSON"]),
        .library(
            name: "VMManager",
            targets: [
                "VMManager", "SupervisorProtocol", "VMStore", "VMStorage", "VMSnapshot", "VMSecret", "VMNetwork",
                "VMHost",
                "VMCore",
                "VMJSON",
            ]),
        .library(name: "VMSupervisor", targets: ["VMSupervisor"]),
        .library(name: "VMTestSupport", targets: ["VMTestSupport"]),
        .executable(name: "vmctl", targets: ["vmctl"]),
    ],
    traits: [
        .trait(name: "Logging", description: "LogObserver, which writes what a manager does with swift-log"),
        .trait(name: "Metrics", description: "MetricsObserver, which counts and times it with swift-metrics"),
    ],
    // Neither is fetched unless its trait is asked for.
    dependencies: [
        .package(url: "https://github.com/apple/swift-log.git", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-metrics.git", from: "2.5.0"),
    ],
    targets: [
        // Row 0: leaves.
        .systemLibrary(name: "CLibXML2", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),
        .target(name: "CVMSystem"),
        .target(name: "VMCore", dependencies: ["CVMSystem"], swiftSettings: swiftSettings),
        .target(name: "VMJSON", dependencies: ["VMCore"], swiftSettings: swiftSettings),
        .target(name: "VMXML", dependencies: ["VMCore", "CLibXML2"], swiftSettings: swiftSettings),

        // Row 1: what can be used alone, and the store of all that is defined.
        .target(name: "VMStore", dependencies: ["VMCore"], swiftSettings: swiftSettings),
        .target(name: "LibvirtWire", dependencies: ["VMCore"], swiftSettings: swiftSettings),
        .target(name: "VMDomain", dependencies: ["VMCore", "VMXML"], swiftSettings: swiftSettings),
        .target(name: "MonitorJSON", dependencies: ["VMCore", "VMJSON"], swiftSettings: swiftSettings),
        .target(name: "VMImage", dependencies: ["VMCore", "VMJSON"], swiftSettings: swiftSettings),
        .target(
            name: "QEMULauncher", dependencies: ["VMCore", "VMJSON", "VMXML", "VMDomain", "MonitorJSON"],
            swiftSettings: swiftSettings),

        // Storage pools and volumes.
        .target(
            name: "VMStorage", dependencies: ["VMCore", "VMXML", "VMStore", "VMImage", "VMDomain"],
            swiftSettings: swiftSettings),

        // Snapshots of domains: their XML and which there are.
        .target(
            name: "VMSnapshot", dependencies: ["VMCore", "VMJSON", "VMXML", "VMStore", "VMDomain"],
            swiftSettings: swiftSettings),
        // Secrets: documents, and values in files of their own.
        .target(
            name: "VMSecret", dependencies: ["VMCore", "VMXML", "VMStore", "VMDomain"], swiftSettings: swiftSettings),

        // Devices and network interfaces of the host, as its kernel shows them.
        .target(name: "VMHost", dependencies: ["VMCore", "VMXML"], swiftSettings: swiftSettings),

        // Virtual networks: their XML, the processes that are them, and what runs in those.
        .target(
            name: "VMNetwork", dependencies: ["VMCore", "VMJSON", "VMXML", "VMStore", "VMDomain"],
            swiftSettings: swiftSettings),

        // What the process beside each machine and its clients share.
        .target(
            name: "SupervisorProtocol",
            dependencies: [
                "VMCore", "VMJSON", "VMXML", "VMStore", "VMDomain", "VMImage", "VMStorage", "VMSnapshot", "VMNetwork",
                "QEMULauncher",
            ],
            swiftSettings: swiftSettings),

        // Row 2: the process beside each machine, and what asks it.
        .target(
            name: "VMSupervisor",
            dependencies: [
                "VMCore", "VMJSON", "VMXML", "VMStore", "VMDomain", "VMImage", "VMSecret", "VMNetwork", "VMHost",
                "MonitorJSON", "QEMULauncher", "SupervisorProtocol",
            ],
            swiftSettings: swiftSettings),
        .target(
            name: "VMManager",
            dependencies: [
                "VMCore", "VMJSON", "VMXML", "VMStore", "VMDomain", "VMImage", "VMStorage", "VMSnapshot", "VMSecret",
                "VMNetwork", "VMHost", "MonitorJSON",
                "QEMULauncher", "SupervisorProtocol",
                .product(name: "Logging", package: "swift-log", condition: .when(traits: ["Logging"])),
                .product(name: "CoreMetrics", package: "swift-metrics", condition: .when(traits: ["Metrics"])),
            ],
            swiftSettings: callerSettings),

        // Row 3: libvirt's RPC, served; and the command line as a library.
        .target(
            name: "LibvirtServer",
            dependencies: [
                "VMCore", "VMJSON", "VMXML", "VMDomain", "VMStorage", "VMSnapshot", "VMSecret", "VMNetwork",
                "VMHost", "MonitorJSON", "QEMULauncher", "LibvirtWire", "VMManager",
            ],
            swiftSettings: callerSettings),
        .target(
            name: "VMCommands",
            dependencies: [
                "CVMSystem", "VMCore", "VMJSON", "VMXML", "VMDomain", "VMStorage", "VMSnapshot", "VMSecret",
                "VMNetwork", "VMHost",
                "MonitorJSON", "QEMULauncher", "VMManager", "LibvirtServer",
            ],
            swiftSettings: swiftSettings),

        // Row 4.
        .executableTarget(name: "vmctl", dependencies: ["VMCommands", "VMSupervisor"], swiftSettings: swiftSettings),

        // What tests, ours and an embedder's, need: a scripted QMP peer and machines that can't outlive a test.
        .target(
            name: "VMTestSupport",
            dependencies: ["VMCore", "VMJSON", "VMXML", "VMDomain", "MonitorJSON", "QEMULauncher", "VMManager"],
            swiftSettings: swiftSettings),

        // What a test needs of the machine it runs on, and how it says so.
        .target(name: "TestNeeds", path: "Tests/Needs", swiftSettings: swiftSettings),

        // Managers with folders of their own, and machines that end with the test.
        .target(
            name: "TestBench",
            dependencies: ["VMManager", "QEMULauncher", "VMDomain", "MonitorJSON", "VMJSON", "VMCore"],
            path: "Tests/Bench", swiftSettings: swiftSettings),

        .testTarget(name: "VMCoreTests", dependencies: ["VMCore", "TestNeeds"], swiftSettings: swiftSettings),
        .testTarget(name: "VMJSONTests", dependencies: ["VMJSON", "VMCore"], swiftSettings: swiftSettings),
        .testTarget(name: "VMImageTests", dependencies: ["VMImage", "VMJSON", "VMCore"], swiftSettings: swiftSettings),
        // Writes events as quickly as it can, for the tests of the journal to kill it.
        .executableTarget(
            name: "journal-flood", dependencies: ["SupervisorProtocol", "VMCore", "VMJSON"],
            path: "Tests/Tools/JournalFlood", swiftSettings: swiftSettings),
        .testTarget(
            name: "SupervisorProtocolTests",
            dependencies: [
                "SupervisorProtocol", "VMNetwork", "VMSnapshot", "VMStore", "VMDomain", "VMXML", "QEMULauncher",
                "VMJSON",
                "VMCore", "VMTestSupport", "journal-flood",
            ],
            swiftSettings: swiftSettings),
        .testTarget(name: "VMXMLTests", dependencies: ["VMXML", "VMCore"], swiftSettings: swiftSettings),
        .testTarget(name: "VMStoreTests", dependencies: ["VMStore", "VMCore"], swiftSettings: swiftSettings),
        .testTarget(
            name: "VMStorageTests",
            dependencies: ["VMStorage", "VMImage", "VMDomain", "VMXML", "VMStore", "VMCore", "TestNeeds"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "VMSnapshotTests", dependencies: ["VMSnapshot", "VMDomain", "VMXML", "VMStore", "VMCore"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "VMSecretTests", dependencies: ["VMSecret", "VMDomain", "VMXML", "VMStore", "VMCore"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "VMHostTests", dependencies: ["VMHost", "VMXML", "VMCore", "TestBench"], swiftSettings: swiftSettings),
        .testTarget(
            name: "VMNetworkTests", dependencies: ["VMNetwork", "VMDomain", "VMXML", "VMJSON", "VMStore", "VMCore"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "LibvirtWireTests", dependencies: ["LibvirtWire", "VMCore"], exclude: ["Traffic"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "LibvirtServerTests",
            dependencies: [
                "LibvirtServer", "LibvirtWire", "VMManager", "SupervisorProtocol", "VMDomain", "VMJSON", "VMCore",
                "VMTestSupport", "TestNeeds", "TestBench", "VMSnapshot",
            ],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "VMDomainTests", dependencies: ["VMDomain", "VMXML", "VMCore", "TestNeeds"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "MonitorJSONTests", dependencies: ["MonitorJSON", "VMJSON", "VMCore", "VMTestSupport"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "QEMULauncherTests",
            dependencies: [
                "QEMULauncher", "VMDomain", "MonitorJSON", "VMXML", "VMJSON", "VMCore", "VMTestSupport", "TestNeeds",
            ],
            exclude: ["Golden", "Effects/Documents", "Effects/elsewhere.txt"], swiftSettings: swiftSettings),
        // The examples of all articles, compiled and run.
        .testTarget(
            name: "DocumentationTests",
            dependencies: ["VMManager", "VMDomain", "MonitorJSON", "VMXML", "VMJSON", "VMCore", "VMTestSupport"],
            swiftSettings: swiftSettings),
        // Holds many machines at once, for the tests and benchmarks of asynchronous calls.
        .executableTarget(
            name: "crowd", dependencies: ["VMManager", "MonitorJSON", "VMJSON", "VMCore"], path: "Tests/Tools/Crowd",
            swiftSettings: swiftSettings),
        .testTarget(
            name: "VMManagerTests",
            dependencies: [
                "crowd", "VMManager", "VMSnapshot", "SupervisorProtocol", "QEMULauncher", "VMDomain", "MonitorJSON",
                "VMXML",
                "VMJSON",
                "VMCore", "VMTestSupport", "TestNeeds", "TestBench",
            ],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "VMSupervisorTests",
            dependencies: [
                "VMSupervisor", "VMManager", "SupervisorProtocol", "QEMULauncher", "VMDomain", "MonitorJSON", "VMXML",
                "VMJSON", "VMCore", "VMTestSupport", "TestNeeds", "TestBench",
            ],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "VMCommandsTests",
            dependencies: [
                "VMCommands", "VMManager", "SupervisorProtocol", "MonitorJSON", "VMHost", "VMDomain", "VMXML", "VMJSON",
                "VMCore", "VMTestSupport", "TestBench", "TestNeeds",
            ],
            swiftSettings: swiftSettings),
    ]
)
