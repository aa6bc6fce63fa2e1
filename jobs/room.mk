# What a person launches
EXTRA_DIST += jobs/quickstart.sh jobs/setup.sh
