# createUser over the wire: there is no MongoDB shell among Debian's packages.
use strict;
use warnings;
use IO::Socket::INET;

sub text { my ($key, $value) = @_; return "\x02$key\0" . pack("V", length($value) + 1) . "$value\0" }
sub document { my $body = join "", @_; return pack("V", length($body) + 5) . $body . "\0" }

my ($user, $password) = @ARGV;
my $role = document(text(role => "root"), text(db => "admin"));
my $command = document(
    text(createUser => $user), text(pwd => $password), "\x04roles\0" . document("\x030\0$role"), text('$db' => "admin"),
);
my $body = pack("V", 0) . "\0" . $command;
my $server = IO::Socket::INET->new(PeerAddr => "127.0.0.1:27017") or die "mongod does not answer: $!";
print $server pack("VVVV", length($body) + 16, 1, 0, 2013) . $body;
$server->flush;
read $server, my $length, 4;
read $server, my $reply, unpack("V", $length) - 4;
die "createUser failed: $reply" unless $reply =~ /\x01ok\0\0\0\0\0\0\0\xf0\x3f/;
