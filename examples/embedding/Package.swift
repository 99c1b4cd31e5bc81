// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "embedding",
    dependencies: [
        // The traits bring the observers for swift-log and swift-metrics; without them neither package is fetched.
        .package(name: "vmctl", path: "../..", traits: ["Logging", "Metrics"]),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-metrics.git", from: "2.5.0"),
    ],
    targets: [
        .executableTarget(
            name: "embedding",
            dependencies: [
                .product(name: "VMManager", package: "vmctl"), .product(name: "VMSupervisor", package: "vmctl"),
                .product(name: "VMTestSupport", package: "vmctl"), .product(name: "Logging", package: "swift-log"),
            ]),
        // What the tutorial of VMManager ends in.
        .executableTarget(
            name: "tutorial",
            dependencies: [
                .product(name: "VMManager", package: "vmctl"), .product(name: "VMSupervisor", package: "vmctl"),
            ]),
        // How the tests of a program that embeds the manager can look.
        .testTarget(
            name: "EmbeddingTests",
            dependencies: [
                .product(name: "VMManager", package: "vmctl"), .product(name: "VMTestSupport", package: "vmctl"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "MetricsTestKit", package: "swift-metrics"),
            ]),
    ])
